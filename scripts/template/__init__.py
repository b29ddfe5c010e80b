"""What `template.yml` must keep: ROS's own rules of properties, and its variant for FC 3.0."""
