"""SMS: Twilio's signed webhooks in, its REST interface out."""
