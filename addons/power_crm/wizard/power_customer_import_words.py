"""What is wrong with a row of a file of customers, and how to mend it.

``%(detail)s`` is filled in by the wizard: a row, a length, a voltage, the words of a list.
"""

from odoo.tools import LazyTranslate

from ..tools.customer_import import Code

_lt = LazyTranslate(__name__)

PROBLEM_TEXTS = {
    Code.NOT_A_NUMBER: (
        _lt("This is not a number."),
        _lt("Write digits only, for example 1250 or 1250.5."),
    ),
    Code.NEGATIVE: (
        _lt("The number is negative."),
        _lt("Give zero or a positive number."),
    ),
    Code.OUT_OF_RANGE: (
        _lt("The coordinate is out of range."),
        _lt(
            "Give decimal degrees between -%(detail)s and %(detail)s, for example 31.4912; check "
            "that latitude and longitude are not exchanged."
        ),
    ),
    Code.NOT_A_DATE: (
        _lt("This is not a date, or day and month cannot be told apart."),
        _lt("Write year-month-day, for example 2026-01-31."),
    ),
    Code.NOT_IN_LIST: (
        _lt("This word is not in the list."),
        _lt("Choose one of: %(detail)s."),
    ),
    Code.UNKNOWN_RECORD: (
        _lt("There is no entry of this name or code."),
        _lt("Correct the name, or create the entry in Configuration first."),
    ),
    Code.AMBIGUOUS_RECORD: (
        _lt("Several entries have this name or number."),
        _lt("Give its code, or the customer number, instead."),
    ),
    Code.BAD_PHONE: (
        _lt("This is not a telephone number."),
        _lt(
            "Write a mobile number (139 1234 5678), a number with area code "
            "(0510-8270 1234), or a foreign number with + and country code."
        ),
    ),
    Code.BAD_EMAIL: (
        _lt("This is not one email address."),
        _lt("Write a single address, for example name@example.com."),
    ),
    Code.ROUNDED_NUMBER: (
        _lt("The spreadsheet rounded this long number; its last digits are lost."),
        _lt("Set the column to the format Text and enter the number again."),
    ),
    Code.CELL_ERROR: (
        _lt("The cell holds an error of the spreadsheet program."),
        _lt("Correct the formula and paste its result as a value."),
    ),
    Code.UNKNOWN_COLUMN: (
        _lt("No column has this title."),
        _lt("Use a title of the template, delete the column, or ignore unknown columns."),
    ),
    Code.DUPLICATE: (
        _lt("Row %(detail)s has this number already."),
        _lt("Delete one of the rows, or correct the number."),
    ),
    Code.CONFLICT: (
        _lt("Row %(detail)s gives the same customer another value."),
        _lt("Give the same value in all rows of one customer."),
    ),
    Code.EXISTS: (
        _lt("A supply point with this number exists already."),
        _lt("Delete the row, or choose to update supply points that exist."),
    ),
    Code.OTHER_CUSTOMER: (
        _lt("This supply point belongs to another customer."),
        _lt("Correct the customer; a change of customer is made on the supply point."),
    ),
    Code.UNKNOWN_PAYER: (
        _lt("No customer has this number."),
        _lt(
            "Give the number of a customer that is known or stands in this file, or leave the "
            "cell empty: the customer pays."
        ),
    ),
    Code.REPEATED_SOURCE: (
        _lt("This supply source is given twice."),
        _lt("Give each source once, or tell them apart by bus section or feeder."),
    ),
    Code.TWO_CUSTOMERS: (
        _lt("This licence belongs to a customer with another number."),
        _lt("Correct the licence number or the customer number."),
    ),
    Code.CLOSED: (
        _lt("This supply point is closed."),
        _lt("Delete the row; a closed supply point is not changed any more."),
    ),
    Code.STATE_CHANGE: (
        _lt("An import does not change the state of a supply point."),
        _lt("Leave the cell empty and use the buttons on the supply point."),
    ),
    Code.METERING_MISMATCH: (
        _lt("The metering mode does not go with %(detail)s."),
        _lt(
            "Below 10 kV: low-voltage supply and metering; from 10 kV: one of the "
            "high-voltage supply modes."
        ),
    ),
}
