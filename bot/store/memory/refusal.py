"""What does a simulation refuse to answer?"""


class NotInSimulation(Exception):
    """Asked for what only a house with a database has: its account, its cluster, its results.

    Nothing that a simulated course says depends on it, so an answer could only mislead.
    """
