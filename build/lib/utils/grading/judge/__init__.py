"""The trusted process: it runs the instructor's notebook against a student's process and gives the verdicts.

It never imports `utils.grading.student`: it knows the student's process only by the messages received from it.

- `messages`: messages between the supervisor and the judge.
- `judge`: walks through the plan and makes the verdicts.
- `cells`, `seeds`: how a cell of the instructor runs, and with which random numbers.
- `points`: points for a grade cell that ran to its end.
- `explain`: the explanation of a failed check for the student.
- `client`: the RPC client, which asks the student's process for values, attributes and calls.
- `arguments`: the objects that a call passes, and the changes that come back.
- `reports`: what a call did apart from its result.
- `shared_names`, `check_exchange`: whose each name is, and what a check and the student's functions share by globals.
- `watch`: globals that both processes keep equal during a check.
- `surroundings`: what a check arranges around its calls.
- `student_modules`: modules that a student wrote, which a check imports.
- `proxies`, `proxy_access`, `special_methods`: representatives of the student's functions and objects in the judge's
  notebook, how they reach their objects, and the operators that they have.
- `proxy_classes`: representatives of the student's classes.
- `known_classes`, `definitions`: the student's classes that the judge knows, what the instructor's cells define, and
  which attributes and operators a check may use.
- `inspection`, `exceptions`, `attributes`: what a check sees of signatures, exceptions and containers.
- `pickling`: requests to the student's process: copies of data, and references to objects of the judge.
- `texts`, `documents`, `unpickling`: what of a student's texts, files and pickles a check may run, read or load.
- `exposed`: the judge's objects that the student's process may use by reference.
- `transcript`: what a check asked of the student's functions and what came back, as hashes.
- `clock`: the time that a cell may take.
- `student_process`: the student's process as the judge sees it.
"""
