"""What each desktop does its own way: notifications, start on login, one app a user."""
