"""Do the words keep their promises?"""
