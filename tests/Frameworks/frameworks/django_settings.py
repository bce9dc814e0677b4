"""Django's settings for its tests."""
import os


def _database(name, test):
    return {"ENGINE": "django.db.backends.postgresql", "NAME": name, "USER": "postgres", "HOST": "127.0.0.1",
            "PORT": os.environ["FRAMEWORKS_PORT"], "TEST": {"NAME": test}}


# The router's own database has Tangelo's metadata, another has not.
DATABASES = {"default": _database("tangelo_django", "postgres"), "other": _database("postgres", "test_tangelo_django_other")}
SECRET_KEY = "not secret"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
USE_TZ = False
