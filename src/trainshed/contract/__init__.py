"""What every machine of a run agrees on: records, statuses, errors, wire forms, folder layouts and names. Imports
nothing of ours.
"""
