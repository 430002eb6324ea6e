using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Sallyport.Portal.Data.Migrations
{
    /// <inheritdoc />
    public partial class PasswordThrottle : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<bool>(
                name: "has_temporary_password",
                table: "asp_net_users",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.CreateTable(
                name: "password_attempts",
                columns: table => new
                {
                    account_id = table.Column<Guid>(type: "uuid", nullable: false),
                    source = table.Column<string>(type: "text", nullable: false),
                    failures = table.Column<int>(type: "integer", nullable: false),
                    blocked_until = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    last_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    unreported = table.Column<int>(type: "integer", nullable: false),
                    first_unreported_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    last_unreported_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_password_attempts", x => new { x.account_id, x.source });
                });

            migrationBuilder.CreateIndex(
                name: "IX_password_attempts_last_at",
                table: "password_attempts",
                column: "last_at");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "password_attempts");

            migrationBuilder.DropColumn(
                name: "has_temporary_password",
                table: "asp_net_users");
        }
    }
}
