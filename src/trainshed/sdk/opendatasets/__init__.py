"""The open datasets that v1's samples begin with. Where their files lie is a setting: ``urls`` of ``data.json``."""
