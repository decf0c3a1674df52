#pragma once

/// The one include that an adapter writes.
#include "lianqiao/abi.h"
#include "lianqiao/ascii.h"
#include "lianqiao/codes.h"
#include "lianqiao/counterpart.h"
#include "lianqiao/descriptor.h"
#include "lianqiao/digest.h"
#include "lianqiao/host.h"
#include "lianqiao/json.h"
#include "lianqiao/result.h"
#include "lianqiao/roles.h"
#include "lianqiao/sample.h"
#include "lianqiao/session.h"
#include "lianqiao/signing.h"
#include "lianqiao/text.h"
#include "lianqiao/text_decoder.h"
#include "lianqiao/time.h"
