"""The command line, installed as maskline."""
