/* prelude.h — standard headers, before an instruction set is switched on, so that they stay on the
 * baseline. */
#ifndef MLP_PRELUDE_H
#define MLP_PRELUDE_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "../mlp.h"
#include "share.h"
#include "tile.h"
#include "table.h"

#endif
