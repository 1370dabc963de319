"""The shared package of the course *Which Is Better?*

Rooms, in the order of the topics that use them first:

- ``data``: digits, sprites, rated texts and photographs
- ``models``: models that turn images into codes and back, with trained weights
- ``compression``: topic 02, rate and distortion of image codecs
- ``disentanglement``: topic 03, metrics, and the theorem on unlabelled data
- ``prompting``: topic 04, a language model that answers by prompts
- ``holistic``: topic 05, many scenarios, adaptations and metrics, and rankings from them
- ``preferences``: topic 06, comparisons, reward models and fine-tuning
- ``widgets``: one interactive figure per topic
- ``grading``: the autograder

Single files:

- ``clustering``: topic 01, clusters of codes and their scores
- ``probing``: linear and nearest-neighbour probes of features
- ``intervals``: confidence intervals over repetitions
- ``plotting``: the style of every figure, with alternative text
- ``claims``: whether computed numbers are as a lecture quotes them
- ``dask_client``: local processes or a Dask cluster
- ``processors``: how many processors this process may use
- ``store``: the cache folder, atomic writes and records of provenance
- ``errors``: the exceptions whose messages are written for users
- ``arrays``: names for the types of arrays
"""
