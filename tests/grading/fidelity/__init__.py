"""Small honest exercises, graded as stock nbgrader grades them: the checks that other people's courses contain.

Every module here, `exercise` aside, holds the exercises of one kind in a list `EXERCISES`. All exercises of a module
form one notebook, so their names must differ. To add a case, add one entry to a list.
"""
