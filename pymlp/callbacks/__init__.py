"""Callbacks: looking on, and stepping in, while a model is trained, evaluated or used."""

from pymlp._lazy import lazily

TABLE = {
    "backup_and_restore": "BackupAndRestore",
    "callback": "Callback",
    "callback_list": "CallbackList",
    "csv_logger": "CSVLogger",
    "early_stopping": "EarlyStopping",
    "history": "History",
    "lambda_callback": "LambdaCallback",
    "learning_rate_scheduler": "LearningRateScheduler",
    "model_checkpoint": "ModelCheckpoint",
    "progbar_logger": "ProgbarLogger",
    "reduce_lr_on_plateau": "ReduceLROnPlateau",
    "remote_monitor": "RemoteMonitor",
    "swap_ema_weights": "SwapEMAWeights",
    "tensorboard": "TensorBoard",
    "terminate_on_nan": "TerminateOnNaN",
}

__getattr__, __dir__, __all__ = lazily(__name__, TABLE)
