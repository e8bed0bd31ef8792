"""What the use cases need from the outside: protocols, and the errors that cross them."""
