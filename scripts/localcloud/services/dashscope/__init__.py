"""DashScope's asynchronous image tasks: submit, fetch, list, cancel, and the result files."""
