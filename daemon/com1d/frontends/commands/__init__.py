"""The commands of `com1`, one file each; `arguments` names their functions as text."""
