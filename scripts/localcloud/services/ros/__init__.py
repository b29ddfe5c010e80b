"""Resource Orchestration Service: stacks from templates, API 2019-09-10."""
