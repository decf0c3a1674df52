#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "lianqiao/roles.h"

namespace lianqiao {

/// For Descriptor::makeReader where samples are what a peer would push: the whole file in one
/// batch, taken as a POST. Its Content-Type is told by its beginning: text/xml for `<`,
/// application/x-ndjson for objects on lines of their own, else application/json. Items without an
/// origin get "FILE, item N". The file is only read; one that cannot be is decode.file, any other
/// Error comes from `read`.
std::unique_ptr<Source> sampleReader(
    const std::filesystem::path& file,
    Result<std::vector<RawItem>> (*read)(const HttpRequest& pushed));

/// The same for the standard form (receiveStandard).
std::unique_ptr<Source> standardSampleReader(const std::filesystem::path& file);

}  // namespace lianqiao
