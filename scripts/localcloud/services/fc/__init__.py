"""Function Compute, API 2016-08-15: functions, triggers and invocations on this machine."""
