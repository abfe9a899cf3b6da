"""The course: lessons, their claims, the glossary."""
