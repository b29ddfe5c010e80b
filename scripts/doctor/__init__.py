"""`maskline doctor`: looks at a deployment from outside and says what is wrong, and what helps."""
