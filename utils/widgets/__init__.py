"""One interactive figure a topic; what a figure computes is kept apart from the controls that move it."""
