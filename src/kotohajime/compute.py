"""Put torch on one device, precision and number of threads, with every source of varying bits shut off."""

import os

# cuBLAS reads this at its first call and is deterministic only with a fixed workspace.
os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")

import torch
from threadpoolctl import threadpool_limits

from kotohajime.io import UserError


def use(device: str, precision: str, threads: int) -> dict:
    """Set torch up and return `{"device": torch.device, "dtype": torch.dtype}` for `Tensor.to`.

    `auto` takes the GPU when there is one. Raises UserError for "cuda" on a machine without a usable GPU.
    """
    torch.set_num_threads(threads)
    threadpool_limits(threads, "blas")  # NumPy's and SciPy's, as far as they are loaded
    torch.set_deterministic_debug_mode("error")  # use_deterministic_algorithms(True), less its 2 s import of a compiler
    torch.backends.cuda.matmul.allow_tf32 = False  # TF32 keeps 10 of float32's 23 mantissa bits
    torch.backends.cudnn.allow_tf32 = False
    if device == "cuda" and not torch.cuda.is_available():
        raise UserError(why_no_cuda())
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    return {"device": torch.device(device), "dtype": getattr(torch, precision)}


def why_no_cuda() -> str:
    """Return the sentence that says why "cuda" cannot be used here and what to do."""
    if torch.version.cuda is None:
        reason, remedy = f"torch {torch.__version__} is a build without CUDA", "Install the locked build (make)"
    else:
        answer = refusal()
        reason, remedy = f"torch (built for CUDA {torch.version.cuda}) says: {answer}", "Check `nvidia-smi`"
        if image() and answer.startswith("Found no NVIDIA driver"):
            remedy = "Start the container with `--gpus all` (Docker) or `--nv` (Apptainer)"
    return f"device cuda was asked for, but {reason}. {remedy}, or ask for auto or cpu."


def refusal() -> str:
    """Return the first sentence of what CUDA answers when it is started."""
    try:
        torch.cuda.init()
    except RuntimeError as error:
        return str(error).split(". ")[0].rstrip(".")
    return "No GPU can be used"


def image() -> str | None:
    """Return the name of the container image that this runs in, None outside of ours."""
    return os.environ.get("KOTOHAJIME_IMAGE")
