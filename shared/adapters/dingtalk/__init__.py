"""Events to the groups of DingTalk, through a robot."""
