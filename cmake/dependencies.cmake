# The foreign libraries, each under one name: foreign::<what> or the name upstream gives it.
# scripts/install-deps puts what the distribution lacks into .deps/; a copy there wins over one
# that the system has, because its version is the one that was tried.
set(deps ${PROJECT_SOURCE_DIR}/.deps)

find_package(OpenSSL REQUIRED COMPONENTS Crypto SSL)
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)

# Debian 12 and 13 ship a .pc file for each of these; their CMake packages differ.
function(schemagate_foreign name pkg)
  pkg_check_modules(${name} REQUIRED IMPORTED_TARGET ${pkg})
  add_library(foreign::${name} ALIAS PkgConfig::${name})
endfunction()
schemagate_foreign(fmt fmt)
schemagate_foreign(git2 libgit2)
schemagate_foreign(pqxx libpqxx)
schemagate_foreign(json nlohmann_json)
schemagate_foreign(httplib cpp-httplib)
schemagate_foreign(yaml yaml-cpp)
schemagate_foreign(cli CLI11)

if(SCHEMAGATE_TESTS)
  list(PREPEND CMAKE_PREFIX_PATH ${deps}/catch2/usr)
  find_package(Catch2 3 REQUIRED)
endif()

# libpg_query: PostgreSQL's own parser, of exactly this major. A newer or older grammar judges
# statements that the supported servers read differently.
set(pg_query_major 18)
find_path(PG_QUERY_INCLUDE pg_query.h HINTS ${deps}/libpg_query/usr/include REQUIRED)
find_library(PG_QUERY_LIBRARY NAMES libpg_query.a
             HINTS ${deps}/libpg_query/usr/lib/${CMAKE_LIBRARY_ARCHITECTURE}
                   ${deps}/libpg_query/usr/lib REQUIRED)
file(STRINGS ${PG_QUERY_INCLUDE}/pg_query.h pg_query_version REGEX "define PG_VERSION_NUM")
string(REGEX REPLACE "[^0-9]" "" pg_query_version "${pg_query_version}")
math(EXPR pg_query_found "0${pg_query_version} / 10000")
if(NOT pg_query_found EQUAL pg_query_major)
  message(FATAL_ERROR
    "libpg_query with PostgreSQL ${pg_query_major}'s grammar is needed, but ${PG_QUERY_INCLUDE} "
    "has PG_VERSION_NUM ${pg_query_version} (major ${pg_query_found}). Did scripts/install-deps run?")
endif()
add_library(pg_query::pg_query STATIC IMPORTED)
set_target_properties(pg_query::pg_query PROPERTIES IMPORTED_LOCATION ${PG_QUERY_LIBRARY})
target_include_directories(pg_query::pg_query SYSTEM INTERFACE
  ${PG_QUERY_INCLUDE} ${PG_QUERY_INCLUDE}/pg_query ${PG_QUERY_INCLUDE}/pg_query/postgres)
target_link_libraries(pg_query::pg_query INTERFACE Threads::Threads)

# The library was built against glibc 2.38; older ones (Debian 12) lack two symbols it uses.
include(CheckSymbolExists)
check_symbol_exists(strlcpy string.h HAVE_STRLCPY)
if(NOT HAVE_STRLCPY)
  add_library(schemagate_glibc_compat STATIC ${PROJECT_SOURCE_DIR}/cmake/glibc_compat.c)
  target_link_libraries(pg_query::pg_query INTERFACE schemagate_glibc_compat)
endif()
