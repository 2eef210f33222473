# A part of core.pyx, which includes it.

cdef class Predictor:
    """A program with one input and one output, called on arrays of one shape with as little ado as can be.

    Parameters
    ----------
    program : Program
        Nobody else's.
    shape : sequence of int
        Of the input, the rows first.
    out : ndarray
        Written and returned by every call.
    threads : int
    """

    cdef Program program
    cdef readonly tuple shape
    cdef readonly object out
    cdef mlp_span span
    cdef Py_ssize_t bytes
    cdef char format
    cdef int threads

    def __init__(self, Program program, shape, out, int threads):
        example = np.zeros(shape, program.dtype)
        program.bind([example, out])
        # Once the usual way: everything is checked, and memory is there.
        program.run(None, 0, len(example), len(example), None, threads)
        self.program = program
        self.shape = example.shape
        self.out = out
        self.bytes = example.nbytes
        self.format = ord(example.dtype.char)
        self.threads = threads
        self.span.first = 0
        self.span.last = self.span.batch_size = len(example)
        self.span.order = NULL
        self.span.scalars = NULL
        self.span.scalars_per_step = 0
        self.span.arrays = program.arrays

    def __call__(self, x):
        cdef Py_buffer view
        cdef Program program = self.program
        cdef int axis
        if program is None:
            raise RuntimeError("the predictor was not initialised")
        program._notice_fork()
        if not isinstance(x, np.ndarray) or not x.flags.c_contiguous or not x.flags.aligned:
            x = np.ascontiguousarray(x)
        PyObject_GetBuffer(x, &view, PyBUF_ND | PyBUF_FORMAT)
        try:
            if view.len != self.bytes or view.format[0] != self.format or view.ndim != len(self.shape):
                return self._converted(x)
            for axis in range(view.ndim):
                if view.shape[axis] != <Py_ssize_t>self.shape[axis]:
                    return self._converted(x)
            # Asked no sooner: other threads run while an array is made of x.
            if program.at_work:
                raise RuntimeError("the predictor is at work in another thread: make one for each thread")
            program.arrays[0].data = <char *>view.buf
            program.at_work = True
            with nogil:
                mlp_run(&program.program, &self.span, self.threads)
            program.at_work = False
            program._raise_failure()
        finally:
            PyBuffer_Release(&view)
        return self.out

    cdef _converted(self, x):
        if x.dtype.kind not in "fiub":
            raise TypeError(f"predictor: expected numbers of shape {self.shape}, received {x.dtype}")
        if x.shape != self.shape:
            raise ValueError(f"predictor: expected x of shape {self.shape}, received {x.shape}")
        return self(np.ascontiguousarray(x, self.program.dtype))


cdef class NestPredictor:
    """A `Predictor` for programs with several inputs or outputs.

    Parameters
    ----------
    program : Program
        Nobody else's.
    shapes : sequence of tuple
        Of the inputs, the rows first.
    labels : sequence of str
        What messages call them.
    keys : sequence of str, or None
        Of a dict that holds the inputs; None for a list or tuple of them.
    find : callable ``(x) -> list of arrays``, or None
        Finds them in anything else, or raises ValueError. None: x is the one input.
    arrays : sequence of ndarray
        Written by every call.
    out : object
        Holds them as the model nests its outputs: what every call returns.
    threads : int
    """

    cdef Program program
    cdef readonly tuple shapes
    cdef readonly object out
    cdef tuple labels
    cdef tuple keys
    cdef object find
    cdef object type
    cdef Py_buffer *views
    cdef mlp_span span
    cdef int threads

    def __cinit__(self):
        self.views = NULL

    def __init__(self, Program program, shapes, labels, keys, find, arrays, out, int threads):
        examples = [np.zeros(shape, program.dtype) for shape in shapes]
        rows = len(examples[0])
        program.bind([*examples, *arrays])
        program.run(None, 0, rows, rows, None, threads)
        free(self.views)
        self.views = <Py_buffer *>calloc(len(examples), sizeof(Py_buffer))
        if self.views == NULL:
            raise MemoryError()
        self.program = program
        self.shapes = tuple(example.shape for example in examples)
        self.labels = tuple(labels)
        self.keys = None if keys is None else tuple(keys)
        self.find = find
        self.out = out
        self.type = np.dtype(program.dtype)
        self.threads = threads
        self.span.first = 0
        self.span.last = self.span.batch_size = rows
        self.span.order = NULL
        self.span.scalars = NULL
        self.span.scalars_per_step = 0
        self.span.arrays = program.arrays

    def __dealloc__(self):
        free(self.views)

    def __call__(self, x):
        cdef Program program = self.program
        cdef list arrays
        cdef Py_ssize_t i, held = 0, count
        if program is None:
            raise RuntimeError("the predictor was not initialised")
        program._notice_fork()
        count = len(self.shapes)
        if self.find is None:
            arrays = [x]
        elif type(x) is dict and self.keys is not None and all([key in x for key in self.keys]):
            arrays = [x[key] for key in self.keys]
        elif (type(x) is list or type(x) is tuple) and self.keys is None and len(x) == count:
            arrays = list(x)
        else:
            arrays = list(self.find(x))
        for i in range(count):
            arrays[i] = self._readable(i, arrays[i])
        # From here to the release of the lock nothing runs but this.
        if program.at_work:
            raise RuntimeError("the predictor is at work in another thread: make one for each thread")
        try:
            for i in range(count):
                PyObject_GetBuffer(arrays[i], &self.views[i], PyBUF_ND)
                held += 1
                program.arrays[i].data = <char *>self.views[i].buf
            program.at_work = True
            with nogil:
                mlp_run(&program.program, &self.span, self.threads)
            program.at_work = False
            program._raise_failure()
        finally:
            for i in range(held):
                PyBuffer_Release(&self.views[i])
        return self.out

    cdef _readable(self, Py_ssize_t i, x):
        """Return an array that the program can read as it stands."""
        if isinstance(x, np.ndarray) and x.dtype is self.type and x.shape == self.shapes[i]:
            flags = x.flags
            if flags.c_contiguous and flags.aligned:
                return x
        x = np.asarray(x)
        if x.dtype.kind not in "fiub":
            raise TypeError(
                f"predictor: expected numbers of shape {self.shapes[i]} for {self.labels[i]}, received {x.dtype}"
            )
        if x.shape != self.shapes[i]:
            raise ValueError(
                f"predictor: expected {self.labels[i]} of shape {self.shapes[i]}, received {x.shape}"
            )
        return np.require(x, self.type, ["C_CONTIGUOUS", "ALIGNED"])
