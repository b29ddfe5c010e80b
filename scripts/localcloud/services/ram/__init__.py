"""Resource Access Management and the Security Token Service: roles, policies, who is asking."""
