#include "file_drop/spill_buffer.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <span>

namespace lianqiao::file_drop {

Result<void> SpillBuffer::append(std::string_view bytes) {
  if (tail_.size() + bytes.size() > memory_ && !tail_.empty()) {
    if (auto spilled = spill(); !spilled) return spilled;
  }
  tail_ += bytes;
  return {};
}

Result<void> SpillBuffer::spill() {
  if (!file_.valid()) {
    std::string name = (folder_ / "spill-XXXXXX").native();
    file_ = Fd(::mkostemp(name.data(), O_CLOEXEC));
    if (!file_.valid()) return fileError("cannot create a temporary file in", folder_, errno);
    ::unlink(name.c_str());
  }
  if (auto written = writeAll(file_, tail_, folder_); !written) return written;
  spilled_ += tail_.size();
  tail_.clear();
  return {};
}

Result<void> SpillBuffer::read(std::uint64_t offset, std::size_t size, std::string& out) const {
  if (offset >= spilled_) {
    out.assign(tail_, static_cast<std::size_t>(offset - spilled_), size);
    return {};
  }
  out.resize(size);
  auto n = readAt(file_, offset, std::span(out.data(), size));
  if (!n) return n.error();
  if (*n < size) return fileError("cannot read a temporary file in", folder_, EIO);
  return {};
}

}  // namespace lianqiao::file_drop
