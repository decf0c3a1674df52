#include "postgres/column.h"

#include <gtest/gtest.h>

namespace lianqiao::postgres {
namespace {

// https://github.com/postgres/postgres/blob/REL_15_STABLE/src/backend/utils/adt/arrayfuncs.c
TEST(Column, IsAnArrayAsTheServerReadsIt) {
  Column column(Column::Kind::number);
  column.add(std::int64_t{-2});
  column.addNull();
  const Value value = column.value();
  EXPECT_EQ(value.oid, 1016U);
  EXPECT_EQ(value.bytes, std::string("\0\0\0\1"
                                     "\0\0\0\1"
                                     "\0\0\0\x14"
                                     "\0\0\0\2"
                                     "\0\0\0\1"
                                     "\0\0\0\x08\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFE"
                                     "\xFF\xFF\xFF\xFF",
                                     36));
}

TEST(Column, AnEmptyOneHasNoDimension) {
  EXPECT_EQ(Column(Column::Kind::text).value().bytes,
            std::string("\0\0\0\0\0\0\0\0\0\0\0\x19", 12));
}

TEST(Column, ATextHasNoByteThatTheServerRefuses) {
  EXPECT_EQ(valueOf(std::string_view("路\0灯", 7)).bytes, "路?灯");
  EXPECT_EQ(valueOf("a\xFF"
                    "b")
                .bytes,
            "a?b");
  EXPECT_EQ(bytesValue(std::string_view("\0\xFF", 2)).bytes, std::string("\0\xFF", 2));
}

}  // namespace
}  // namespace lianqiao::postgres
