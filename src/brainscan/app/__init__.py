"""The web page of the diagnostic engine, behind the extra ``app``."""

from brainscan._core.extras import require

for _module in ("starlette", "uvicorn"):
    require(_module, "app")

from brainscan.app.limits import Limits  # noqa: E402  after what it needs
from brainscan.app.serve import make_app, serve  # noqa: E402

__all__ = ["Limits", "make_app", "serve"]
