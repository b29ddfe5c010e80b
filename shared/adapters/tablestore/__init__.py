"""The stores of jobs, gate and claims on Tablestore."""
