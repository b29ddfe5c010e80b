"""The language of ROS templates (2015-09-01): read, checked, worked out. No service, no state."""
