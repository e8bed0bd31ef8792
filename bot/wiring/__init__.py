"""How do the parts come together? The only package that knows every concrete class."""
