"""What `x-oss-process=image/...` does to a picture. Pure work on files and bytes, without HTTP."""
