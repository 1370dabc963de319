"""Answers to assignment 06, which one do you like?"""
