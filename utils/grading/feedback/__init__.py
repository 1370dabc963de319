"""After the verdicts: pages for students and tables for instructors. Nothing here imports ``course``.

- ``pages``: feedback pages, rendered by nbgrader
- ``diagnosis``: which known mistake an answer makes, and which answers behave alike
- ``tables``: the table of a class, and CSV files for spreadsheets, Canvas and Moodle
"""
