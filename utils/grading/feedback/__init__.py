"""After the verdicts: pages for students and tables for instructors. Nothing here imports ``course``.

- ``page_templates``: how a page that is one file is made from a template
- ``pages``: feedback pages, rendered by nbgrader
- ``diagnosis``: which known mistake an answer makes, and which answers behave alike
- ``learner``: what a learner is told about work of their own, and the file of progress
- ``model_answers``: a page for a learner who has solved an exercise
- ``similar``: pairs of students whose answers agree beyond what everybody writes
- ``bundle``: feedback as a zip that Moodle or Canvas hands to each student
- ``regrade``: whose marks a run changed, and why
- ``exercises``: a graded notebook by exercises
- ``exporter``: the feedback page of a notebook
- ``class_report``: the report on a class
- ``tables``: the table of a class, and CSV files for spreadsheets, Canvas and Moodle
"""
