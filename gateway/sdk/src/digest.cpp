#include "lianqiao/adapter.h"
