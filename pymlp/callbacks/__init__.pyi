from pymlp.callbacks.backup_and_restore import BackupAndRestore as BackupAndRestore
from pymlp.callbacks.callback import Callback as Callback
from pymlp.callbacks.callback_list import CallbackList as CallbackList
from pymlp.callbacks.csv_logger import CSVLogger as CSVLogger
from pymlp.callbacks.early_stopping import EarlyStopping as EarlyStopping
from pymlp.callbacks.history import History as History
from pymlp.callbacks.lambda_callback import LambdaCallback as LambdaCallback
from pymlp.callbacks.learning_rate_scheduler import LearningRateScheduler as LearningRateScheduler
from pymlp.callbacks.model_checkpoint import ModelCheckpoint as ModelCheckpoint
from pymlp.callbacks.progbar_logger import ProgbarLogger as ProgbarLogger
from pymlp.callbacks.reduce_lr_on_plateau import ReduceLROnPlateau as ReduceLROnPlateau
from pymlp.callbacks.remote_monitor import RemoteMonitor as RemoteMonitor
from pymlp.callbacks.swap_ema_weights import SwapEMAWeights as SwapEMAWeights
from pymlp.callbacks.tensorboard import TensorBoard as TensorBoard
from pymlp.callbacks.terminate_on_nan import TerminateOnNaN as TerminateOnNaN

__all__: list[str]
