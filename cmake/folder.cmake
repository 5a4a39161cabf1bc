# What a source folder becomes (x_main.cc apart, which is a program of its own). Files are found, not listed: a new .cc or _test.cc is picked up by
# the next build. A folder that is empty or missing is an empty library.

# Splits <folder>/*.cc and <folder>/*/*.cc into <prefix>_sources, <prefix>_tests (fast) and
# <prefix>_postgres_tests.
macro(schemagate_sources folder prefix)
  file(GLOB ${prefix}_sources CONFIGURE_DEPENDS
       ${PROJECT_SOURCE_DIR}/${folder}/*.cc ${PROJECT_SOURCE_DIR}/${folder}/*/*.cc)
  list(FILTER ${prefix}_sources EXCLUDE REGEX "_main\\.cc$")
  list(SORT ${prefix}_sources)
  set(${prefix}_tests ${${prefix}_sources})
  list(FILTER ${prefix}_sources EXCLUDE REGEX "_test\\.cc$")
  list(FILTER ${prefix}_tests INCLUDE REGEX "_test\\.cc$")
  set(${prefix}_postgres_tests ${${prefix}_tests})
  list(FILTER ${prefix}_postgres_tests INCLUDE REGEX "_postgres_test\\.cc$")
  list(FILTER ${prefix}_tests EXCLUDE REGEX "_postgres_test\\.cc$")
endmacro()

# One test binary, one ctest entry, or SHARDS of them that ctest may run side by side. A binary in which
# no test ran fails (Catch2's default). Tests run in the source folder and find testdata from there: no path
# is compiled in, so checkouts can share a ccache. The seed is fixed: the same tree has the same result.
function(schemagate_test name label timeout)
  cmake_parse_arguments(arg "" "SHARDS" "SOURCES;LINKS;PRECOMPILE" ${ARGN})
  if(NOT arg_SOURCES OR NOT SCHEMAGATE_TESTS)
    return()
  endif()
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE schemagate_testing ${arg_LINKS} Catch2::Catch2WithMain)
  schemagate_precompile(${name} <catch2/catch_test_macros.hpp> ${arg_PRECOMPILE})
  target_compile_definitions(${name} PRIVATE SCHEMAGATE_SOURCE_DIR=".")
  set(tests ${name})
  if(arg_SHARDS)
    set(tests "")
    foreach(shard RANGE 1 ${arg_SHARDS})
      math(EXPR index "${shard} - 1")
      add_test(NAME ${name}_${shard} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}
               COMMAND ${name} --rng-seed 1 --shard-count ${arg_SHARDS} --shard-index ${index})
      list(APPEND tests ${name}_${shard})
    endforeach()
  else()
    add_test(NAME ${name} COMMAND ${name} --rng-seed 1 WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  endif()
  set_tests_properties(${tests} PROPERTIES LABELS ${label} TIMEOUT ${timeout})
  if(SCHEMAGATE_SANITIZERS)
    set(leaks ${PROJECT_SOURCE_DIR}/cmake/leaks.txt)
    set_tests_properties(${tests} PROPERTIES
                         ENVIRONMENT "LSAN_OPTIONS=suppressions=${leaks}:print_suppressions=0")
  endif()
endfunction()

# With SCHEMAGATE_UNITY files of a folder that begin with the same word are compiled as one, which
# takes a third of the time: names in their nameless namespaces are unique among them. Files of a
# folder's folders are rows of a table and share theirs: they stay apart.
function(schemagate_unite target)
  if(NOT SCHEMAGATE_UNITY)
    return()
  endif()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  foreach(source IN LISTS ARGN)
    cmake_path(RELATIVE_PATH source BASE_DIRECTORY ${PROJECT_SOURCE_DIR} OUTPUT_VARIABLE relative)
    if(relative MATCHES "^[a-z]+/([a-z0-9]+)[^/]*$")
      list(APPEND beginnings ${CMAKE_MATCH_1})
      list(APPEND with_${CMAKE_MATCH_1} ${source})
    endif()
  endforeach()
  foreach(beginning IN LISTS beginnings)
    list(LENGTH with_${beginning} number)
    if(number GREATER 1)
      set_source_files_properties(${with_${beginning}} PROPERTIES UNITY_GROUP ${beginning})
    endif()
  endforeach()
endfunction()

# schemagate_<name> from the folder's sources, and <name>_test, <name>_postgres_test from its tests.
# PRECOMPILE: the headers that most of its files include.
function(schemagate_folder name)
  cmake_parse_arguments(arg "" "" "LINKS;FOREIGN;GENERATED;PRECOMPILE" ${ARGN})
  list(TRANSFORM arg_PRECOMPILE PREPEND ${PROJECT_SOURCE_DIR}/)
  schemagate_sources(${name} found)
  list(FILTER found_sources EXCLUDE REGEX "/bot/main\\.cc$")
  list(TRANSFORM arg_LINKS PREPEND schemagate_)
  if(found_sources OR arg_GENERATED)
    set(scope PUBLIC)
    add_library(schemagate_${name} STATIC ${found_sources} ${arg_GENERATED})
    target_link_libraries(schemagate_${name} PRIVATE ${arg_FOREIGN})
    schemagate_precompile(schemagate_${name} <fmt/format.h> ${arg_PRECOMPILE})
    schemagate_unite(schemagate_${name} ${found_sources} ${arg_GENERATED})
  else()
    set(scope INTERFACE)
    add_library(schemagate_${name} INTERFACE)
  endif()
  target_include_directories(schemagate_${name} ${scope} ${PROJECT_SOURCE_DIR})
  target_link_libraries(schemagate_${name} ${scope} ${arg_LINKS})
  if(name STREQUAL "base")
    target_link_libraries(schemagate_base ${scope} foreign::fmt)
  endif()
  schemagate_test(${name}_test fast 300
                  SOURCES ${found_tests} LINKS schemagate_${name} ${arg_FOREIGN})
  schemagate_test(${name}_postgres_test postgres 600
                  SOURCES ${found_postgres_tests} LINKS schemagate_${name} ${arg_FOREIGN})
endfunction()

# schemagate_testing: what tests share. It sees every header but links no folder, so a test binary
# has the machinery that its own folder's libraries can satisfy, and nothing drags in the rest.
function(schemagate_test_machinery folder)
  cmake_parse_arguments(arg "" "" "FOREIGN" ${ARGN})
  schemagate_sources(${folder} found)
  if(NOT found_sources OR NOT SCHEMAGATE_TESTS)
    add_library(schemagate_testing INTERFACE)
    return()
  endif()
  add_library(schemagate_testing STATIC ${found_sources})
  target_include_directories(schemagate_testing PUBLIC ${PROJECT_SOURCE_DIR})
  target_compile_definitions(schemagate_testing
                             PRIVATE SCHEMAGATE_SOURCE_DIR=".")
  target_link_libraries(schemagate_testing PUBLIC foreign::fmt Catch2::Catch2
                        PRIVATE ${arg_FOREIGN})
endfunction()

function(schemagate_program name main)
  file(GLOB found CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${main})
  if(found)
    add_executable(${name} ${main})
    target_link_libraries(${name} PRIVATE schemagate_bot foreign::cli)
    target_compile_definitions(${name} PRIVATE SCHEMAGATE_VERSION="${PROJECT_VERSION}")
    install(TARGETS ${name})
  endif()
endfunction()

# Tests that run the built program: its path is SCHEMAGATE_BINARY.
function(schemagate_whole_program_tests folder)
  schemagate_sources(${folder} found)
  set(links schemagate_bot foreign::json foreign::httplib foreign::pqxx foreign::git2)
  schemagate_test(program_test fast 300 SOURCES ${found_tests} LINKS ${links}
                  PRECOMPILE <nlohmann/json.hpp> SHARDS 8)
  schemagate_test(program_postgres_test postgres 900 SOURCES ${found_postgres_tests} LINKS ${links}
                  SHARDS 6)
  foreach(test program_test program_postgres_test)
    if(TARGET ${test} AND TARGET schemagate)
      target_compile_definitions(${test} PRIVATE SCHEMAGATE_BINARY="$<TARGET_FILE:schemagate>")
      add_dependencies(${test} schemagate)
    endif()
  endforeach()
endfunction()

# One executable bench_<file> per file; never run by ctest.
function(schemagate_benches folder)
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${folder}/*.cc)
  foreach(source IN LISTS sources)
    cmake_path(GET source STEM stem)
    set(name bench_${stem})
    add_executable(${name} ${source})
    target_link_libraries(${name} PRIVATE schemagate_schema pg_query::pg_query)
    target_compile_definitions(${name} PRIVATE SCHEMAGATE_SOURCE_DIR=".")
  endforeach()
endfunction()
