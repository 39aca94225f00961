/*
 * tracer.c - writes down which functions of the library are entered and left.
 *
 * Linked into a library compiled with -finstrument-functions; the symbols are
 * hidden, or libc's empty ones would be called.  Only statements that contain
 * the comment of TRIP_MARK are traced, their commit with them.  A line of
 * $TRIP_LOG is "+ function caller" or "- function 0": addresses as in the
 * library's file, the caller's 0 when it is none of ours.
 */
#include "postgres.h"

#include <fcntl.h>
#include <unistd.h>

#include "tcop/tcopprot.h"

#define TRIP_MARK "/* trip */"

#define HIDDEN __attribute__((visibility("hidden")))

/* the linker's: where the library begins and ends in memory */
extern const char __ehdr_start[] HIDDEN;
extern const char _end[] HIDDEN;

HIDDEN void __cyg_profile_func_enter(void *function, void *caller);
HIDDEN void __cyg_profile_func_exit(void *function, void *caller);
static void note(char what, void *function, void *caller);
static size_t offset_of(void *address);

void
__cyg_profile_func_enter(void *function, void *caller)
{
	note('+', function, caller);
}

void
__cyg_profile_func_exit(void *function, void *caller)
{
	note('-', function, NULL);
}

static void
note(char what, void *function, void *caller)
{
	static int	file = -1;
	char		line[64];
	int			length;

	if (debug_query_string == NULL || strstr(debug_query_string, TRIP_MARK) == NULL)
		return;
	if (file < 0)
		file = open(getenv("TRIP_LOG"), O_WRONLY | O_APPEND | O_CREAT, 0600);
	length = sprintf(line, "%c %zx %zx\n", what, offset_of(function), offset_of(caller));
	if (write(file, line, length) != length)
		abort();
}

static size_t
offset_of(void *address)
{
	const char *at = address;

	return at >= __ehdr_start && at < _end ? (size_t) (at - __ehdr_start) : 0;
}
