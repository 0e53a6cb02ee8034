"""The server: records, queues and the control loop."""
