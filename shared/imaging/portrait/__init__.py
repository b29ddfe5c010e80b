"""From a person's outline to an ID photo: the head, the frame around it, the file, the sheet."""
