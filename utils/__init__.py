"""The shared package of the course *Which Is Better?*: data, models, metrics, figures, widgets and grading."""
