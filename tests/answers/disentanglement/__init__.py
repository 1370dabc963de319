"""Answers to assignment 03, disentanglement."""
