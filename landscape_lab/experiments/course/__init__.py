"""The course: lessons with their claims, and the glossary."""
