"""Answers to assignment 02, compression against reconstruction."""
