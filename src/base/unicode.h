/*-------------------------------------------------------------------------
 *
 * unicode.h
 *	  Characters that are not seen: written by scripts/unicode-table, which
 *	  scripts/lint compares with this.
 *
 * R(first, last, kind): a BLANK other than U+0020, a JOINER of what stands
 * around it, or another INVISIBLE one.
 *
 *-------------------------------------------------------------------------
 */
#define TSM_UNICODE_RANGES(R) \
	R(0x00A0, 0x00A0, BLANK) \
	R(0x00AD, 0x00AD, INVISIBLE) \
	R(0x034F, 0x034F, INVISIBLE) \
	R(0x061C, 0x061C, INVISIBLE) \
	R(0x115F, 0x1160, INVISIBLE) \
	R(0x1680, 0x1680, BLANK) \
	R(0x17B4, 0x17B5, INVISIBLE) \
	R(0x180B, 0x180D, JOINER) \
	R(0x180E, 0x180E, INVISIBLE) \
	R(0x180F, 0x180F, JOINER) \
	R(0x2000, 0x200A, BLANK) \
	R(0x200B, 0x200B, INVISIBLE) \
	R(0x200C, 0x200D, JOINER) \
	R(0x200E, 0x200F, INVISIBLE) \
	R(0x202A, 0x202E, INVISIBLE) \
	R(0x202F, 0x202F, BLANK) \
	R(0x205F, 0x205F, BLANK) \
	R(0x2060, 0x206F, INVISIBLE) \
	R(0x2800, 0x2800, BLANK) \
	R(0x3000, 0x3000, BLANK) \
	R(0x3164, 0x3164, INVISIBLE) \
	R(0xFE00, 0xFE0F, JOINER) \
	R(0xFEFF, 0xFEFF, INVISIBLE) \
	R(0xFFA0, 0xFFA0, INVISIBLE) \
	R(0xFFF0, 0xFFF8, INVISIBLE) \
	R(0x1BCA0, 0x1BCA3, INVISIBLE) \
	R(0x1D173, 0x1D17A, INVISIBLE) \
	R(0xE0000, 0xE001F, INVISIBLE) \
	R(0xE0020, 0xE007F, JOINER) \
	R(0xE0080, 0xE00FF, INVISIBLE) \
	R(0xE0100, 0xE01EF, JOINER) \
	R(0xE01F0, 0xE0FFF, INVISIBLE)
