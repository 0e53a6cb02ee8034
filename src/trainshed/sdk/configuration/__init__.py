"""What is to be run and how, as v1 described it: RunConfiguration and its sections, Environment, ScriptRunConfig."""
